using System.Buffers;
using System.Text;
using Orleans.Log.Api.Contracts.Frames;

namespace Orleans.Log.Client;

/// <summary>A record as it is read. Its memory is its page's, lives as long as any of it is referenced, and is never reused.</summary>
public readonly struct StoredRecord
{
    private readonly ReadOnlySequence<byte> _headers;
    private readonly int _headerCount;

    internal StoredRecord(long lsn, in FrameRecord frame)
    {
        Lsn = lsn;
        Timestamp = frame.Timestamp;
        Payload = frame.Payload.First;
        _headers = frame.Headers;
        _headerCount = frame.HeaderCount;
    }

    /// <summary>Position in the stream.</summary>
    public long Lsn { get; }

    /// <summary>Milliseconds since 1970 UTC; never less than that of the record before.</summary>
    public long Timestamp { get; }

    /// <summary>The content.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The headers in the order given; taken apart at each call.</summary>
    public IReadOnlyList<LogHeader> Headers
    {
        get
        {
            if (_headerCount == 0)
                return [];

            var headers = new LogHeader[_headerCount];
            var rest = _headers;
            for (var i = 0; i < headers.Length; i++)
            {
                var header = FrameReader.ReadHeader(ref rest);
                headers[i] = new LogHeader(header.Name.First, header.Value.First);
            }

            return headers;
        }
    }

    /// <summary>The content as UTF-8 text; what is not valid becomes replacement characters.</summary>
    public string Text => Encoding.UTF8.GetString(Payload.Span);
}
