"""What the benchmarks are measured against, each as a good practitioner would write it."""
