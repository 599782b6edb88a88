"""ONNX files read, written and changed in memory, and the runtime that runs them."""
