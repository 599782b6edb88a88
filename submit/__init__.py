"""From boxes to the Sync API: spell the request, check it, send it, wait for it."""
