using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Hosting;

namespace Orleans.Log.Api.Server.Tests;

/// <summary>A stop under load: every request that was sent has an answer, and every connection ends after one that says so.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task Busy_connections_end_with_an_answer_when_the_server_stops()
    {
        await using var server = await TestServer.StartAsync(app => app.MapOrleansLog());
        (await server.Http.PutAsync("/v1/streams/s", content: null)).EnsureSuccessStatusCode();
        var callers = Enumerable.Range(0, 8).Select(_ => BusyCaller.StartAsync(server.Address)).ToList();
        await Task.WhenAll(callers.Select(async caller => await (await caller).Working));

        await server.StopAsync();

        foreach (var caller in callers)
            (await (await caller).Ended.WaitAsync(TimeSpan.FromSeconds(20))).ShouldContain("Connection: close");
    }

    /// <summary>Sends request after request on one connection until an answer says that it was the last.</summary>
    private sealed class BusyCaller
    {
        private readonly TaskCompletionSource _working = new();

        /// <summary>Completes with the first answer.</summary>
        public Task Working => _working.Task;

        /// <summary>The head of the last answer; fails if the connection broke.</summary>
        public Task<string> Ended { get; private set; } = null!;

        public static async Task<BusyCaller> StartAsync(Uri server)
        {
            var socket = await RawSocket.SendAsync(server, "");
            var caller = new BusyCaller();
            caller.Ended = Task.Run(() => caller.RunAsync(socket));
            return caller;
        }

        private async Task<string> RunAsync(TcpClient socket)
        {
            using (socket)
            {
                var buffer = new byte[8 * 1024];
                while (true)
                {
                    await socket.GetStream().WriteAsync("POST /v1/streams/s/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nx"u8.ToArray());
                    var answer = "";
                    do
                    {
                        var read = await socket.GetStream().ReadAsync(buffer);
                        read.ShouldBeGreaterThan(0, $"The connection was closed after: {answer}");
                        answer += Encoding.ASCII.GetString(buffer, 0, read);
                    }
                    while (!answer.EndsWith('}'));

                    _working.TrySetResult();
                    if (answer.Contains("Connection: close", StringComparison.Ordinal))
                        return answer;
                }
            }
        }
    }
}
