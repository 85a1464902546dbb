using System.Buffers;
using System.IO.Compression;
using System.Text;
using Orleans.Log.Api.Contracts.Frames;
using Orleans.Log.Testing.Conformance;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>
/// Thousands of bodies made by mutating good ones, repeatable by their seed: the answer is always a success or a problem that is no
/// defect, it always comes, and a batch is there whole or not at all.
/// </summary>
public abstract class FuzzScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    private static readonly int Bodies = Environment.GetEnvironmentVariable("ORLEANS_LOG_LONG") == "1" ? 20_000 : 1_000;

    private static readonly string[] Morsels =
    [
        "{", "}", "[", "]", "\"", "\\", "\\u", "\\ud800", "\\/", ",", ":", "null", "true", "-1", "1e999", "9007199254740992", "\n", "\r\n", "\0", "\u00ff",
        "{\"text\":\"", "\"records\":[", "\"base64\":\"", "\"json\":", "\"headers\":[[", "\"timestamp\":", "==", "AAAA", "OLA1", "\ud83d\ude00",
    ];

    [Theory]
    [InlineData("application/json", 1)]
    [InlineData("application/x-ndjson", 2)]
    [InlineData("application/vnd.orleans-log.frames", 3)]
    [InlineData("text/plain", 4)]
    [InlineData("application/octet-stream", 5)]
    public async Task No_body_makes_the_server_fail(string contentType, int seed)
    {
        var random = new Random(seed);
        var seeds = Seeds(contentType);
        long tail = 0;
        var taken = 0;
        for (var i = 0; i < Bodies; i++)
        {
            var body = Mutate(seeds[random.Next(seeds.Length)], random);
            var compressed = random.Next(20) == 0;
            var content = Body.Of(contentType, compressed ? Mutate(Gzip(body), random, mutations: random.Next(2)) : body);
            if (compressed)
                content.Headers.ContentEncoding.Add("gzip");

            var reply = await Server.PostAsync(Records, content);
            var story = $"seed {seed}, body {i}: {Convert.ToHexString(body)} → {reply.Text}";
            reply.Status.ShouldBeOneOf([200, 400, 413, 422], story);
            if (reply.Status == 200)
                taken++;

            var now = await TailAsync();
            if (reply.Status != 200)
                now.ShouldBe(tail, story);
            else if (contentType != "application/x-ndjson")
                reply.Json.GetProperty("end").GetInt64().ShouldBe(now, story);

            tail = now;
        }

        taken.ShouldBeGreaterThan(20, "mutations that leave nothing well-formed prove little");
        (await AllAsync()).Count.ShouldBe((int)tail);
        Server.Errors.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_query_makes_the_server_fail()
    {
        await AppendAsync("a", "b", "c");
        var random = new Random(6);
        string[] names = ["from", "since", "last", "limit", "max_bytes", "until", "wait", "clamp", "as", "FROM", ""];
        string[] values = ["0", "1", "3", "4", "-1", "", "true", "text", "json", "9007199254740991", "9007199254740992", "%00", "%FF", "a&b", "1%20", "=", "10001"];
        string[] accepts = ["application/json", "application/x-ndjson", "application/octet-stream", "application/vnd.orleans-log.frames", "*/*", "text/html", ";", "a/b;q=x"];
        for (var i = 0; i < Bodies; i++)
        {
            var query = string.Join('&', Enumerable.Range(0, random.Next(4)).Select(_ => $"{names[random.Next(names.Length)]}={values[random.Next(values.Length)]}"));
            if (query.Contains("wait=", StringComparison.Ordinal))
                continue;

            var reply = await Server.GetAsync($"{Records}?{query}", ("Accept", accepts[random.Next(accepts.Length)]));
            reply.Status.ShouldBeOneOf([200, 204, 400, 406, 416], $"{query} → {reply.Text}");
        }

        Server.Errors.All.ShouldBeEmpty();
    }

    private static byte[][] Seeds(string contentType) => contentType switch
    {
        "application/json" =>
        [
            """{"records":[{"text":"h\u00e9llo","headers":[["k","v"],["k",{"base64":"/w=="}]],"timestamp":1},{"base64":"AP8="},{"json":{"a": [1,2,"x"]}}]}"""u8.ToArray(),
            """{"fencing_token":"","records":[{"timestamp":12,"text":""}]}"""u8.ToArray(),
        ],
        "application/x-ndjson" => ["{\"text\":\"a\"}\n{\"base64\":\"AAAA\",\"headers\":[[\"k\",\"v\"]]}\n\n{\"json\":[1,{\"x\":null}]}\r\n{\"text\":\"last\"}"u8.ToArray()],
        "application/vnd.orleans-log.frames" => [Frames()],
        _ => ["a\nb\r\nc\r\r\n\nd"u8.ToArray(), []],
    };

    private static byte[] Frames()
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteAppend(writer, 3);
        for (var i = 0; i < 3; i++)
        {
            FrameWriter.WriteRecord(writer, i - 1, 2, (2 * 6) + 4 + 10);
            FrameWriter.WriteHeader(writer, "k"u8, "v"u8);
            FrameWriter.WriteHeader(writer, "l"u8, "w"u8);
            writer.Write("0123456789"u8);
        }

        return writer.WrittenSpan.ToArray();
    }

    private static byte[] Mutate(byte[] body, Random random, int? mutations = null)
    {
        var bytes = body.ToList();
        for (var i = mutations ?? random.Next(4); i > 0; i--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when at < bytes.Count:
                    bytes.RemoveRange(at, random.Next(bytes.Count - at) + 1);
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Morsels[random.Next(Morsels.Length)]));
                    break;
                case 3 when at < bytes.Count:
                    bytes.InsertRange(at, bytes.GetRange(at, random.Next(bytes.Count - at)));
                    break;
                case 4 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                default:
                    var noise = new byte[random.Next(16)];
                    random.NextBytes(noise);
                    bytes.InsertRange(at, noise);
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Gzip(byte[] body)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
            gzip.Write(body);

        return output.ToArray();
    }
}
