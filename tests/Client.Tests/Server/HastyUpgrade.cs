using System.Buffers.Binary;
using Microsoft.AspNetCore.Http.Features;
using Orleans.Log.Api.Contracts.Sessions;

namespace Orleans.Log.Client.Tests.Server;

/// <summary>Takes the request for patience out of the refusals of a session: a test that provokes hundreds of them has none.</summary>
internal sealed class HastyUpgrade(IHttpUpgradeFeature inner) : IHttpUpgradeFeature
{
    public bool IsUpgradableRequest => inner.IsUpgradableRequest;

    public async Task<Stream> UpgradeAsync() => new Connection(await inner.UpgradeAsync());

    private sealed class Connection(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // The server writes whole frames.
            var frames = buffer.ToArray();
            for (var at = 0; at < frames.Length; at += SessionFormat.HeaderBytes + BinaryPrimitives.ReadInt32LittleEndian(frames.AsSpan(at)))
            {
                if (frames[at + 4] == (byte)SessionFrameKind.Refusal)
                    BinaryPrimitives.WriteInt32LittleEndian(frames.AsSpan(at + SessionFormat.HeaderBytes + sizeof(long)), 0);
            }

            await inner.WriteAsync(frames, cancellationToken);
        }

        public override void Flush() => throw new NotSupportedException();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
