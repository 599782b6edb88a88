"""What goes over the wire: requests as the API spells them, media, bodies. Nothing is sent here.

Imports only the common ground of the package.
"""
