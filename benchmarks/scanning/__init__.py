"""What scanning costs and finds, beside Trivy over the same advisories: `python -m benchmarks.scanning`."""
