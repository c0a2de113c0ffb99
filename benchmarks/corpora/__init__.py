"""Corpora that are made: spoken, imitated, mosaicked, or drawn from a seed."""
