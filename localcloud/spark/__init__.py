"""What Spark needs of this machine: a Java and jars."""
