import HTTPTypes
public import Hummingbird

/// Answers HEAD as GET would be answered, without the body: routes, problems and all.
///
/// A body after the answer to HEAD would be taken for the next answer of the connection. Put it first, around everything.
public struct HeadFilter<Context: RequestContext>: RequestFilter {
    public init() {}

    public func ended(_ request: Request, _ context: Context, _ response: inout Response) {
        if request.method == .head { response = response.createHeadResponse() }
    }
}
