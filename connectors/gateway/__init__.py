"""The gateway: trades in, checks in and out, live updates out, over websockets."""
