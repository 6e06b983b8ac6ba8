"""What `study.py` measures: costs beside the work, and what is lost when processes are killed."""
