"""What the documentation site has beside the pages of docs/: pages that are made as it is built, and its equations."""
