"""What is decided later, by how rents have moved by then: choices between tables, and the use of rights."""
