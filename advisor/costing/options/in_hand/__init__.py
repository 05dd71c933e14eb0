"""What the company has already: contracts that are kept, sublet or ended, and hardware that is kept, let or sold."""
