using System.Text;

namespace Orleans.Log.Cli.Tests;

/// <summary>Standard output that a test waits on: for a line that has to come.</summary>
internal sealed class LineWatch : MemoryStream
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Text
    {
        get
        {
            lock (_lock)
                return _text.ToString();
        }
    }

    public async Task WaitForAsync(string line)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if ($"\n{_text}".Contains($"\n{line}\n", StringComparison.Ordinal))
                    return;

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(TimeSpan.FromSeconds(30));
            }
            catch (TimeoutException late)
            {
                throw new TimeoutException($"The line '{line}' did not come; what came is: {Text}", late);
            }
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_lock)
        {
            _text.Append(Encoding.UTF8.GetString(buffer));
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return default;
    }
}
