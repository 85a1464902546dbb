using System.Net.Sockets;
using System.Text;

namespace Orleans.Log.Process.Faults.Load;

/// <summary>Appends record after record on one connection, without a pause, until an answer says that it is the connection's last.</summary>
internal static class BusyCaller
{
    private static readonly byte[] Request =
        "POST /v1/streams/s/records HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nx"u8.ToArray();

    /// <summary>Begins; completes once the first answer has come, and once the last has. Fails if the connection ends otherwise.</summary>
    public static (Task Working, Task<(int Acknowledged, string LastHead)> Ended) Start(Uri server)
    {
        var working = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (working.Task, RunAsync(server, working));
    }

    private static async Task<(int Acknowledged, string LastHead)> RunAsync(Uri server, TaskCompletionSource working)
    {
        using var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.Port);
        var buffer = new byte[8 * 1024];
        for (var acknowledged = 0; ;)
        {
            await socket.GetStream().WriteAsync(Request);
            var answer = "";
            while (!answer.EndsWith('}'))
            {
                var read = await socket.GetStream().ReadAsync(buffer);
                read.ShouldBeGreaterThan(0, $"The connection was closed after {acknowledged} appends and: {answer}");
                answer += Encoding.ASCII.GetString(buffer, 0, read);
            }

            if (answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
                acknowledged++;
            else
                answer.ShouldContain("\"code\":\"draining\"");

            working.TrySetResult();
            if (answer.Contains("Connection: close", StringComparison.Ordinal))
                return (acknowledged, answer);
        }
    }
}
