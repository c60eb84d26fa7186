/// The scripts by which queue and worker change anything: each is one atomic transition, written from the wire format.
enum Scripts {}
