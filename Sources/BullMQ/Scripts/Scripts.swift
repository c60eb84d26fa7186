import RedisClient

/// The scripts by which queue and worker change anything: each is one atomic transition, written from the wire format.
enum Scripts {}

extension RedisScript {
    /// A script that may change groups: what it has changed of their nodes is written when its body has returned.
    init(grouped source: String) {
        self.init(
            "local flushGroups\nlocal function main()\n" + source + "\nend\nlocal reply = main()\nflushGroups()\nreturn reply\n")
    }
}
