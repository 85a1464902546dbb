using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Testing.Azurite;

namespace Orleans.Log.AzureStorage.Tests;

/// <summary>What the store makes of a service, and of a way to it, that do not do what was asked.</summary>
[Collection(AzuriteCollection.Name)]
public sealed class AzureFaultTests : IAsyncLifetime
{
    private static readonly BlobName Name = new("roots/00");
    private static readonly byte[] Content = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7))];

    private readonly string _container = "f" + Guid.NewGuid().ToString("n");
    private readonly ScriptedHandler _handler = new();
    private AzureBlobStore _store = null!;
    private BlobVersion _version;

    public async Task InitializeAsync()
    {
        if (AzuritePackage.Missing is not null)
            return;

        _store = Connect(_container);
        await _store.CreateContainerAsync();
        _version = await _store.PutIfAbsentAsync(Name, new ReadOnlySequence<byte>(Content));
    }

    public Task DisposeAsync()
    {
        _handler.Dispose();
        return Task.CompletedTask;
    }

    [AzuriteTheory]
    [InlineData(HttpStatusCode.TooManyRequests, null, BlobStoreErrorKind.Throttled, false)]
    [InlineData(HttpStatusCode.ServiceUnavailable, "ServerBusy", BlobStoreErrorKind.Throttled, true)]
    [InlineData(HttpStatusCode.InternalServerError, "InternalError", BlobStoreErrorKind.Unavailable, true)]
    [InlineData(HttpStatusCode.InternalServerError, "OperationTimedOut", BlobStoreErrorKind.Unavailable, true)]
    [InlineData(HttpStatusCode.BadGateway, null, BlobStoreErrorKind.Unavailable, true)]
    [InlineData(HttpStatusCode.RequestTimeout, null, BlobStoreErrorKind.Unavailable, true)]
    [InlineData(HttpStatusCode.Conflict, "ContainerBeingDeleted", BlobStoreErrorKind.Unavailable, false)]
    [InlineData(HttpStatusCode.BadRequest, "Md5Mismatch", BlobStoreErrorKind.Unavailable, false)]
    [InlineData(HttpStatusCode.BadRequest, "InvalidHeaderValue", BlobStoreErrorKind.Refused, false)]
    [InlineData(HttpStatusCode.Unauthorized, null, BlobStoreErrorKind.Refused, false)]
    [InlineData(HttpStatusCode.Forbidden, "AuthorizationFailure", BlobStoreErrorKind.Refused, false)]
    [InlineData(HttpStatusCode.NotFound, "ContainerNotFound", BlobStoreErrorKind.Refused, false)]
    [InlineData(HttpStatusCode.Conflict, "BlobImmutableDueToPolicy", BlobStoreErrorKind.Refused, false)]
    [InlineData(HttpStatusCode.PreconditionFailed, "LeaseIdMissing", BlobStoreErrorKind.Refused, false)]
    public async Task An_answer_means_the_same_for_every_write_and_is_not_asked_for_twice(
        HttpStatusCode status, string? code, BlobStoreErrorKind kind, bool outcomeUnknown)
    {
        _handler.Answer(status, code, retryAfter: "7");
        var before = _handler.Requests;
        var errors = new[]
        {
            await ThrownByAsync(() => _store.PutIfAbsentAsync(new BlobName("new"), new ReadOnlySequence<byte>(Content))),
            await ThrownByAsync(() => _store.ReplaceIfMatchAsync(Name, new ReadOnlySequence<byte>(Content), _version)),
            await ThrownByAsync(() => _store.DeleteAsync(Name)),
        };

        _handler.Requests.ShouldBe(before + 3);
        foreach (var error in errors)
        {
            error.Kind.ShouldBe(kind);
            error.OutcomeUnknown.ShouldBe(outcomeUnknown);
            error.RetryAfter.ShouldBe(TimeSpan.FromSeconds(7));
        }

        foreach (var error in new[] { await ThrownByAsync(() => _store.HeadAsync(Name)), await ThrownByAsync(() => ReadAsync(10)), await ThrownByAsync(() => _store.ListAsync("")) })
        {
            error.Kind.ShouldBe(kind);
            error.OutcomeUnknown.ShouldBeFalse("nothing was to change");
        }
    }

    [AzuriteFact]
    public async Task A_write_that_took_effect_before_it_failed_is_of_unknown_outcome_and_there()
    {
        _handler.AnswerAfterwards(HttpStatusCode.InternalServerError, "InternalError");
        var error = await ThrownByAsync(() => _store.PutIfAbsentAsync(new BlobName("new"), new ReadOnlySequence<byte>(Content)));
        error.OutcomeUnknown.ShouldBeTrue();
        error.Retryable.ShouldBeTrue();

        _handler.Script = (_, pass) => pass();
        (await _store.HeadAsync(new BlobName("new")))!.Value.Length.ShouldBe(Content.Length);
    }

    [AzuriteFact]
    public async Task A_request_that_is_not_answered_in_time_is_of_unknown_outcome()
    {
        var silence = new TaskCompletionSource<HttpResponseMessage>();
        _handler.Script = (_, _) => silence.Task;
        var impatient = Connect(_container, TimeSpan.FromSeconds(1));

        var error = await ThrownByAsync(() => impatient.DeleteAsync(Name));
        error.Kind.ShouldBe(BlobStoreErrorKind.Unavailable);
        error.OutcomeUnknown.ShouldBeTrue();
    }

    [AzuriteFact]
    public async Task A_caller_who_gives_up_is_told_so_and_not_that_the_store_failed()
    {
        using var cancelling = new CancellationTokenSource();
        _handler.Script = async (_, _) =>
        {
            await cancelling.CancelAsync();
            throw new TaskCanceledException();
        };
        await Should.ThrowAsync<OperationCanceledException>(async () => await _store.DeleteAsync(Name, cancelling.Token));
    }

    [AzuriteFact]
    public async Task Where_nothing_listens_nothing_can_have_happened()
    {
        var away = AzureBlobStore.Connect(new AzureBlobStoreOptions
        {
            ConnectionString = $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey={Convert.ToBase64String(new byte[32])};BlobEndpoint=http://127.0.0.1:1/a;",
            Container = "c",
        });
        var error = await ThrownByAsync(() => away.PutIfAbsentAsync(Name, new ReadOnlySequence<byte>(Content)));
        error.Kind.ShouldBe(BlobStoreErrorKind.Unavailable);
        error.OutcomeUnknown.ShouldBeFalse();
    }

    [AzuriteFact]
    public async Task A_bit_that_flips_on_the_way_there_is_noticed_and_nothing_is_written()
    {
        _handler.Script = async (request, pass) =>
        {
            request.Content = Flipped(request.Content!.Headers, await request.Content.ReadAsByteArrayAsync());
            return await pass();
        };
        var error = await ThrownByAsync(() => _store.ReplaceIfMatchAsync(Name, new ReadOnlySequence<byte>([1, 2, 3]), _version));
        error.OutcomeUnknown.ShouldBeFalse();

        // Azurite has no code of its own for this; what the service's means is among the answers above.
        error.Kind.ShouldBeOneOf(BlobStoreErrorKind.Unavailable, BlobStoreErrorKind.Refused);

        _handler.Script = (_, pass) => pass();
        (await _store.HeadAsync(Name))!.Value.Version.ShouldBe(_version);
    }

    [AzuriteFact]
    public async Task A_bit_that_flips_on_the_way_back_is_noticed()
    {
        _handler.Script = async (_, pass) =>
        {
            var response = await pass();
            response.Content = Flipped(response.Content.Headers, await response.Content.ReadAsByteArrayAsync());
            return response;
        };
        (await ThrownByAsync(() => ReadAsync(10_000))).Kind.ShouldBe(BlobStoreErrorKind.Unavailable);
    }

    [AzuriteFact]
    public async Task A_content_that_ends_too_early_is_noticed()
    {
        _handler.Script = async (_, pass) =>
        {
            var response = await pass();
            var cut = new ByteArrayContent((await response.Content.ReadAsByteArrayAsync())[..5_000]);
            CopyHeaders(response.Content.Headers, cut.Headers);
            response.Content = cut;
            return response;
        };
        (await ThrownByAsync(() => ReadAsync(10_000))).Kind.ShouldBe(BlobStoreErrorKind.Unavailable);
    }

    [AzuriteFact]
    public async Task A_container_that_is_not_there_is_not_an_empty_one()
    {
        var nowhere = Connect(_container + "x");
        foreach (var error in new[]
        {
            await ThrownByAsync(() => nowhere.HeadAsync(Name)),
            await ThrownByAsync(() => nowhere.DeleteAsync(Name)),
            await ThrownByAsync(() => nowhere.ListAsync("")),
            await ThrownByAsync(() => nowhere.ReplaceIfMatchAsync(Name, default, _version)),
        })
            error.Kind.ShouldBe(BlobStoreErrorKind.Refused);
    }

    [AzuriteFact]
    public async Task A_wrong_key_is_refused_and_no_message_shows_a_key()
    {
        var wrong = Convert.ToBase64String(new byte[32]);
        var connection = string.Join(';', AzuriteFixture.Server.ConnectionString.Split(';').Select(part => part.StartsWith("AccountKey", StringComparison.Ordinal) ? "AccountKey=" + wrong : part));
        var store = AzureBlobStore.Connect(new AzureBlobStoreOptions { ConnectionString = connection, Container = _container });

        var error = await ThrownByAsync(() => store.ReadAsync(Name, 0, new byte[1]));
        error.Kind.ShouldBe(BlobStoreErrorKind.Refused);
        error.ToString().ShouldNotContain(wrong);
    }

    [AzuriteFact]
    public async Task What_others_keep_in_the_container_is_passed_over_in_listings()
    {
        var container = new BlobContainerClient(AzuriteFixture.Server.ConnectionString, _container);
        foreach (var name in new[] { "Notes.TXT", "with space", "a_b", "end." })
            await container.GetBlobClient(name).UploadAsync(new BinaryData("x"));

        await container.GetBlobClient("roots").UploadAsync(new BinaryData(""), new BlobUploadOptions { Metadata = new Dictionary<string, string> { ["hdi_isfolder"] = "true" } });
        (await _store.ListAsync("")).Blobs.ShouldHaveSingleItem().Name.ShouldBe(Name);
    }

    [AzuriteFact]
    public async Task A_blob_under_a_lease_is_refused_which_no_reading_again_mends()
    {
        await new BlobContainerClient(AzuriteFixture.Server.ConnectionString, _container).GetBlobClient(Name.Value).GetBlobLeaseClient().AcquireAsync(TimeSpan.FromSeconds(60));
        (await ThrownByAsync(() => _store.ReplaceIfMatchAsync(Name, new ReadOnlySequence<byte>(Content), _version))).Kind.ShouldBe(BlobStoreErrorKind.Refused);
    }

    private AzureBlobStore Connect(string container, TimeSpan? timeout = null) => AzureBlobStore.Connect(
        new AzureBlobStoreOptions { ConnectionString = AzuriteFixture.Server.ConnectionString, Container = container, RequestTimeout = timeout ?? TimeSpan.FromSeconds(100) },
        credential: null,
        new HttpClientTransport(new HttpClient(_handler, disposeHandler: false)));

    private ValueTask<BlobRange> ReadAsync(int length) => _store.ReadAsync(Name, 1, new byte[length]);

    private static ByteArrayContent Flipped(HttpContentHeaders headers, byte[] bytes)
    {
        bytes[bytes.Length / 2] ^= 4;
        var content = new ByteArrayContent(bytes);
        CopyHeaders(headers, content.Headers);
        return content;
    }

    private static void CopyHeaders(HttpContentHeaders from, HttpContentHeaders to)
    {
        foreach (var header in from.Where(header => header.Key != "Content-Length"))
            to.TryAddWithoutValidation(header.Key, header.Value);
    }

    private static Task<BlobStoreException> ThrownByAsync<T>(Func<ValueTask<T>> call) => Should.ThrowAsync<BlobStoreException>(async () => await call());
}
