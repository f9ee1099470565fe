// A real OIDC provider for the tests. Everything comes as one JSON document in the variable OIDC_TEST:
// {port, clients: [...], people: {login: claims}}; it prints "ready" once it listens on loopback.
// Signing in is the package's own development pages: a form for the name, then one for the consent.
import Provider from "oidc-provider";

const { port, clients, people } = JSON.parse(process.env.OIDC_TEST);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients,
  pkce: { required: () => true },
  scopes: ["openid", "profile", "email", "groups", "offline_access"],
  claims: {
    openid: ["sub"],
    profile: ["name", "preferred_username"],
    email: ["email"],
    groups: ["groups"],
  },
  cookies: { keys: ["for tests only"] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, ...people[id] }),
  }),
});

provider.listen(port, "127.0.0.1", () => console.log("ready"));
