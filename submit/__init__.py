"""From boxes to the Sync API: serialize the request, check it, send it, wait for it."""
