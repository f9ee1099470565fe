"""The words that every room shares: pure values and ports, standard library only."""
