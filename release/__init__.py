"""How Menura is packed for others: source archive and wheel, the same to the byte wherever they are made."""
