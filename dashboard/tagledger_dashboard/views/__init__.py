"""What the pages show, made from tables and comparisons: pure, and without Streamlit."""
