from ribbon_office import merged, open_desktop

__all__ = ["merged", "open_desktop"]
