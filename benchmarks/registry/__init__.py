"""The registry's data path against distribution and nginx, on one machine, in one run.

    .venv/bin/python -m benchmarks.registry [SCENARIO ...] [--rounds N] [--quick]

How the parts stand to each other:

    __main__      reads the command line, runs scenarios, writes the report
    scenarios     the list of what is measured; reads, pushes, starts and tags hold the bodies
    rounds        visits every server in turn, rotated, and keeps the samples
    report        medians, ratios, goals: a table and JSON
    servers       one running server: start, stop, cost; recipes says what each program wants
    content       images made here; wire, the small HTTP client that both seeding and load use
    load, wrk     the clients under measurement, in processes of their own
    processes     /proc: CPU seconds and memory of a process tree
"""
