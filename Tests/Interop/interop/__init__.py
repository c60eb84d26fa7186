"""What the interop tests stand on: private servers, the processes under test, a receiver and an API client."""
