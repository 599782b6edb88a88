"""What faces look like: embeddings, colours, and how far each can be trusted.

From the crops that detection kept, described once and kept on disk. Whose they are is for
``identity`` to say. May import ``tracklets``.
"""
