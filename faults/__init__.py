"""The fault drill: a load on all services while their processes, servers, links and disk fail; then the reckoning.

`python -m faults --minutes 10 --seed 1`, or `make faults MINUTES=10`. It runs a system of its own in
`.yishi/faults/stack` and writes `.yishi/faults/report.json`.
"""
