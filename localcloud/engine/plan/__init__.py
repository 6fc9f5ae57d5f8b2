"""From what is and what is to be to steps, and the steps carried out."""
