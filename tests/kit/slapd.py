"""An OpenLDAP server of our own on loopback, from Debian's package: people, groups, memberof, TLS.

ou=people   ann (team, ops), bob (team), admin (nothing), odd*one, and two entries with uid twin
ou=groups   team, ops, admins (ann), a group with a comma in its name (bob), company above division above team
ou=elsewhere  a group outside the base of groups (ann)
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from havre.access.ports import LdapSettings
from havre.kernel.secret import Secret
from kit.tls import Authority

_SKIP = "slapd"
BASE = "dc=example,dc=org"
SEARCH_DN = f"cn=reader,{BASE}"
CAREFUL_DN = f"cn=careful,{BASE}"  # may bind by TLS alone
SEARCH_PASSWORD = "Reader-Secret-1"
PASSWORD = "Directory-Test-1"
_CONF = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile {directory}/pid
TLSCACertificateFile {ca}
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
disallow bind_anon
database mdb
maxsize 10485760
suffix "{base}"
rootdn "cn=root,{base}"
rootpw root
directory {directory}/data
overlay memberof
access to dn.exact="{careful}" attrs=userPassword by anonymous ssf=64 auth by * none
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by dn.exact="{careful}" read by * none
"""
_PEOPLE = """
dn: {base}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=people,{base}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{base}
objectClass: organizationalUnit
ou: groups

dn: ou=elsewhere,{base}
objectClass: organizationalUnit
ou: elsewhere

dn: {reader}
objectClass: person
cn: reader
sn: reader
userPassword: {reader_password}

dn: {careful}
objectClass: person
cn: careful
sn: careful
userPassword: {reader_password}

{people}
dn: cn=team,ou=groups,{base}
objectClass: groupOfNames
cn: team
description: The Team
member: uid=ann,ou=people,{base}
member: uid=bob,ou=people,{base}

dn: cn=ops,ou=groups,{base}
objectClass: groupOfNames
cn: ops
member: uid=ann,ou=people,{base}

dn: cn=Admins,ou=groups,{base}
objectClass: groupOfNames
cn: Admins
member: uid=ann,ou=people,{base}

dn: cn=A\\, B,ou=groups,{base}
objectClass: groupOfNames
cn: A, B
member: uid=bob,ou=people,{base}

dn: cn=far,ou=elsewhere,{base}
objectClass: groupOfNames
cn: far
member: uid=ann,ou=people,{base}

dn: cn=division,ou=groups,{base}
objectClass: groupOfNames
cn: division
member: cn=team,ou=groups,{base}

dn: cn=company,ou=groups,{base}
objectClass: groupOfNames
cn: company
member: cn=division,ou=groups,{base}

dn: cn=posix,ou=groups,{base}
objectClass: posixGroup
cn: posix
gidNumber: 500
memberUid: pat
"""
_PERSON = """dn: uid={uid},ou={unit},{base}
objectClass: inetOrgPerson
uid: {uid}
cn: {name}
sn: {name}
mail: {mail}
userPassword: {password}

"""


@dataclass(frozen=True, slots=True)
class Slapd:
    """A running server; the certificate is for 127.0.0.1."""

    port: int
    tls_port: int
    directory: Path
    authority: Authority

    @property
    def settings(self) -> LdapSettings:
        """The settings that fit it, in use."""
        return LdapSettings(
            url=f"ldap://127.0.0.1:{self.port}",
            search_dn=SEARCH_DN,
            search_password=Secret(SEARCH_PASSWORD),
            base_dn=BASE,
            uid="uid",
            group_base_dn=f"ou=groups,{BASE}",
            group_search_filter="objectClass=groupOfNames",
            group_attribute_name="cn",
            group_admin_dn=f"CN=admins, ou=groups,{BASE}",
            is_in_use=True,
        )

    def change(self, ldif: str) -> None:
        """Change entries, as `ldapmodify` reads it."""
        _run(["ldapmodify", "-x", "-H", f"ldap://127.0.0.1:{self.port}", *_ROOT], ldif.format(base=BASE))


_ROOT = ["-D", f"cn=root,{BASE}", "-w", "root"]


@contextmanager
def running_slapd() -> Iterator[Slapd]:
    """Start a server and stop it; fails the test by name when the package is missing."""
    if _SKIP in os.environ.get("HAVRE_TEST_SKIP", "").split(","):
        pytest.skip(f"{_SKIP} is named in HAVRE_TEST_SKIP")
    if not Path("/usr/sbin/slapd").exists() or shutil.which("ldapadd") is None:
        pytest.fail(
            f"{_SKIP} is missing: install Debian's slapd and ldap-utils; to leave it out, name it in "
            "HAVRE_TEST_SKIP",
            pytrace=False,
        )
    directory = Path(tempfile.mkdtemp(prefix="havre-slapd-"))
    (directory / "data").mkdir()
    authority = Authority(directory / "tls")
    pair = authority.issue("127.0.0.1")
    port, tls_port = _free_ports()
    conf = directory / "slapd.conf"
    conf.write_text(
        _CONF.format(
            directory=directory, ca=authority.certificate, certificate=pair.certificate, key=pair.key,
            base=BASE, reader=SEARCH_DN, careful=CAREFUL_DN,
        )
    )  # fmt: skip
    urls = f"ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls_port}"
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            ["/usr/sbin/slapd", "-d", "0", "-f", conf, "-h", urls], stdout=log, stderr=log
        )
        try:
            _wait_for(process, port, directory / "log")
            _run(["ldapadd", "-x", "-H", f"ldap://127.0.0.1:{port}", *_ROOT], _entries())
            yield Slapd(port, tls_port, directory, authority)
        finally:
            process.terminate()
            process.wait(20)
            shutil.rmtree(directory, ignore_errors=True)


def _entries() -> str:
    people = [
        ("ann", "people", "Ann Example", "ann@example.org"),
        ("bob", "people", "Bob", "bob@example.org"),
        ("admin", "people", "Not the admin", "x@example.org"),
        ("odd*one", "people", "Odd", "odd@example.org"),
        ("pat", "people", "Pat", "pat@example.org"),
        ("twin", "people", "One", "one@example.org"),
        ("twin", "elsewhere", "Two", "two@example.org"),
    ]
    text = "".join(
        _PERSON.format(uid=uid, unit=unit, name=name, mail=mail, base=BASE, password=PASSWORD)
        for uid, unit, name, mail in people
    )
    return _PEOPLE.format(
        base=BASE, reader=SEARCH_DN, careful=CAREFUL_DN, reader_password=SEARCH_PASSWORD, people=text
    )


def _free_ports() -> tuple[int, int]:
    with closing(socket.socket()) as one, closing(socket.socket()) as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
            return
        time.sleep(0.02)  # nothing tells when a foreign process listens
    pytest.fail(f"slapd did not start:\n{log.read_text()}", pytrace=False)


def _run(command: list[str], text: str) -> None:
    ended = subprocess.run(command, input=text, capture_output=True, text=True, timeout=30, check=False)
    if ended.returncode:
        pytest.fail(f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}", pytrace=False)
