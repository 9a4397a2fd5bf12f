"""The stages of the pipeline, one module each: pure functions and a short main."""
