using Orleans.Log.Client.Appending;

namespace Orleans.Log.Grains.Interfaces.Tests;

/// <summary>The appender knows no wire; what it refuses by itself is what the log refuses.</summary>
public sealed class AppenderVocabularyTests
{
    [Fact]
    public void Its_bounds_are_those_of_the_log()
    {
        BatchBounds.RecordBytes.ShouldBe(Limits.RecordBytes);
        BatchBounds.HeadersPerRecord.ShouldBe(Limits.HeadersPerRecord);
        BatchBounds.BatchRecords.ShouldBe(Limits.BatchRecords);
        BatchBounds.BatchBytes.ShouldBe(Limits.BatchBytes);
        BatchBounds.RecordOverheadBytes.ShouldBe(Limits.RecordOverheadBytes);
        BatchBounds.HeaderOverheadBytes.ShouldBe(RecordHeader.OverheadBytes);
        BatchBounds.Position.ShouldBe(Limits.Position);
        ProducerIds.MaxLength.ShouldBe(Limits.ProducerIdLength);
    }
}
