"""The add-in for Excel on the desktop, ``ctd.xlam``, built from source on any computer."""
