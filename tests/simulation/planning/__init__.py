"""A drive as planned, free of noise, and what the simulation knows of each scenario kind."""
