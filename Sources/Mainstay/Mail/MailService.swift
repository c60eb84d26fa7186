import BetterAuth
import Logging
import Mail
import ServiceLifecycle

/// Writes letters and sends them behind the answers that caused them, a few at a time.
///
/// What waits is in memory: a crash loses it, and its receiver asks again.
final class MailService: Service {
    struct Full: Error, CustomStringConvertible {
        let description = "Too many letters wait for the mail server."
    }

    private let mailer: any Mailer
    private let templates: MailTemplates
    private let from: MailAddress
    private let baseURL: String
    private let logger: Logger
    private let waiting: AsyncStream<MailMessage>
    private let entry: AsyncStream<MailMessage>.Continuation

    private static let capacity = 1000
    private static let concurrency = 4
    private static let pauses: [Duration] = [.seconds(2), .seconds(15), .seconds(60)]

    init(mailer: any Mailer, templates: MailTemplates, from: MailAddress, baseURL: String, logger: Logger) {
        self.mailer = mailer
        self.templates = templates
        self.from = from
        self.baseURL = baseURL
        self.logger = logger
        (waiting, entry) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.capacity))
    }

    /// Takes a letter; returns at once, so that no answer's time tells whether one was sent.
    func post(_ letter: AuthLetter) throws {
        let message = try templates.message(
            "\(letter)", LetterTemplates.values(of: letter, baseURL: baseURL), from: from, to: MailAddress(letter.receiver))
        if case .dropped = entry.yield(message) { throw Full() }
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask {
                // What waits when shutdown begins is still sent, within the time that is left.
                try? await gracefulShutdown()
                self.entry.finish()
            }
            for _ in 0..<Self.concurrency {
                group.addTask { for await message in self.waiting { await self.deliver(message) } }
            }
        }
    }

    private func deliver(_ message: MailMessage) async {
        for pause in Self.pauses.map(Optional.some) + [nil] {
            do throws(MailError) {
                try await mailer.send(message)
                return
            } catch {
                guard error.isTransient, let pause, (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: pause) })) != nil
                else {
                    logger.error("A message was not sent", metadata: ["id": "\(message.id)", "error": "\(error)"])
                    return
                }
            }
        }
    }
}
