"""Layers as they are stored: unpacked and walked through, bounded, without a file being written."""
