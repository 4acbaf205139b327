from ribbon_office import merged, open_desktop, with_news

__all__ = ["merged", "open_desktop", "with_news"]
