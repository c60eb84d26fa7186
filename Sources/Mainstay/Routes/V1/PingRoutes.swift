import TypedAPI

/// `/v1/ping`: whether a key is good, and nothing else. Touches no store beyond what that takes.
struct PingRoutes {
    var endpoints: [Endpoint<ProgramContext>] {
        [
            .get("ping", "ping", "Check an API key")
                .tags("account")
                .handle(answer: OK(Resource(Ping(status: .ok)))) { _, _ in OK(Resource(Ping(status: .ok))) }
        ]
    }
}

@Schema struct Ping {
    @Schema(name: "PingStatus") enum Status: String { case ok }

    var status: Status
}
