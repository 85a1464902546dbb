using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Contracts.Frames;

namespace Orleans.Log.Client.Tests.Http;

/// <summary>Answers each request with the next line of a script, and remembers what was asked.</summary>
internal sealed class ScriptedHandler(params Func<HttpResponseMessage>[] script) : HttpMessageHandler
{
    private readonly Queue<Func<HttpResponseMessage>> _script = new(script);

    public List<string> Asked { get; } = [];

    public static Func<HttpResponseMessage> Problem(ProblemBody problem, TimeSpan? retryAfter = null) => () =>
    {
        var answer = new HttpResponseMessage((HttpStatusCode)problem.Status)
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(problem, WireJson.Default.ProblemBody)),
        };
        answer.Content.Headers.ContentType = new MediaTypeHeaderValue(WireMediaTypes.Problem);
        if (retryAfter is { } delay)
            answer.Headers.RetryAfter = new RetryConditionHeaderValue(delay);

        return answer;
    };

    /// <summary>Records <paramref name="first"/> … <paramref name="next"/> − 1, each with its LSN as text.</summary>
    public static Func<HttpResponseMessage> Page(long first, long next, long? tail = null, bool isSealed = false, string id = "one") => () =>
    {
        var body = new ArrayBufferWriter<byte>();
        FrameWriter.WritePage(body, new FramePage((int)(next - first), first, next, 0, tail ?? next, isSealed));
        for (var lsn = first; lsn < next; lsn++)
        {
            var payload = System.Text.Encoding.UTF8.GetBytes($"{lsn}");
            FrameWriter.WriteRecord(body, timestamp: lsn, headerCount: 0, payload.Length);
            body.Write(payload);
        }

        var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(body.WrittenSpan.ToArray()) };
        answer.Content.Headers.ContentType = new MediaTypeHeaderValue(WireMediaTypes.Frames);
        answer.Headers.Add(WireHeaders.StreamId, id);
        return answer;
    };

    public static Func<HttpResponseMessage> Broken(HttpRequestError error) =>
        () => throw new HttpRequestException(error, "scripted");

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Asked.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
        return _script.TryDequeue(out var answer)
            ? Task.FromResult(answer())
            : new TaskCompletionSource<HttpResponseMessage>().Task.WaitAsync(cancellationToken);
    }
}
