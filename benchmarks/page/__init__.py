"""How soon the picker shows what is asked for, measured in a browser."""
