"""TL-IMINET in torch: two towers, the network that joins them, and its files."""
