import ArgumentParser

/// `bullmq`: a queue from the command line.
@main struct BullMQCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bullmq", abstract: "Add, run, watch and manage the jobs of BullMQ queues.",
        discussion: """
            Queues are shared with BullMQ 6 in every language. Redis is found by --redis, else by REDIS_URL, else on this machine.

            Examples:
              bullmq add --queue mail --name welcome --data '{"to":"a@example.com"}'
              bullmq work --queue mail --exec ./send-mail --concurrency 4 --timeout 30s
              bullmq counts --queue mail
              bullmq events --queue mail --follow
              bullmq retry --queue mail --all

            Ends with 0 when all went well, 1 when the queue refused, 2 when the job or scheduler does not exist, 64 for a wrong command \
            line, and 69 when Redis cannot be reached.
            """,
        groupedSubcommands: [
            CommandGroup(name: "Producing", subcommands: [AddCommand.self, AddBulkCommand.self, FlowCommand.self, SchedulerCommand.self]),
            CommandGroup(name: "Running", subcommands: [WorkCommand.self]),
            CommandGroup(
                name: "Looking",
                subcommands: [
                    CountsCommand.self, ListCommand.self, GetCommand.self, LogsCommand.self, EventsCommand.self, StatsCommand.self,
                    ExplainCommand.self,
                ]),
            CommandGroup(
                name: "Managing",
                subcommands: [
                    PauseCommand.self, ResumeCommand.self, RetryCommand.self, PromoteCommand.self, RemoveCommand.self, DrainCommand.self,
                    CleanCommand.self, ObliterateCommand.self, GroupsCommand.self,
                ]),
            CommandGroup(name: "Measuring", subcommands: [BenchCommand.self]),
        ])
}
