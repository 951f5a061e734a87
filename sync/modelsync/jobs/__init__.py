"""Whatever a person can ask for, one module each: reads as the job itself."""
