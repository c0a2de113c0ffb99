"""What the network has learned, to be seen and heard (paper, section 4); needs torch, but for explanations."""
