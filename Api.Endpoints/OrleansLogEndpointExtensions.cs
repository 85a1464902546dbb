using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints;
using Orleans.Log.Api.Endpoints.Bodies;
using Orleans.Log.Api.Endpoints.Documents;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Requests;
using Orleans.Log.Api.Endpoints.Routes;
using Orleans.Log.Api.Endpoints.Sessions;
using Orleans.Log.Api.Endpoints.WebConsole;

namespace Microsoft.Extensions.Hosting;

/// <summary>Puts the HTTP face of a log into a host.</summary>
public static class OrleansLogEndpointExtensions
{
    /// <summary>Name of the OpenAPI document.</summary>
    private const string Document = "v1";

    /// <summary>
    /// Registers what <see cref="MapOrleansLog"/> needs, and the middleware that gives every error a body. The host registers the
    /// <see cref="Orleans.Log.ILogService"/>, and may register an <see cref="Orleans.Log.IClusterView"/>, without which the routes about nodes are missing, and a <see cref="TimeProvider"/>.
    /// </summary>
    public static IServiceCollection AddOrleansLogEndpoints(this IServiceCollection services, Action<OrleansLogEndpointOptions>? configure = null)
    {
        services.AddOptions<OrleansLogEndpointOptions>();
        if (configure is not null)
            services.Configure(configure);

        services.AddMetrics();
        services.AddRouting();
        services.TryAddSingleton<EndpointInstruments>();
        services.TryAddSingleton<BodyBudget>();
        services.TryAddSingleton(static provider => new BodyDrain(provider.GetService<TimeProvider>() ?? TimeProvider.System));
        services.TryAddSingleton(static provider => new RequestActivity(provider.GetService<TimeProvider>() ?? TimeProvider.System));
        services.TryAddSingleton<PageBudget>();
        services.TryAddSingleton<HostPolicy>();
        services.TryAddSingleton<OriginPolicy>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, ProblemMiddleware>());
        services.ConfigureHttpJsonOptions(options =>
        {
            // For the document's schemas: the names must be those that the wire has.
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, WireJson.Default);
        });
        services.AddOpenApi(Document, options =>
        {
            options.ShouldInclude = description => description.ActionDescriptor.EndpointMetadata.OfType<RouteDocs>().Any();
            options.AddOperationTransformer<OperationDocs>();
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new() { Title = "Orleans.Log", Version = Document, Description = "A durable, ordered log over HTTP. docs/HTTP.md is the reference." };
                document.Servers = [];
                return Task.CompletedTask;
            });
        });
        return services;
    }

    /// <summary>Maps every route of the API, the OpenAPI document and the web console.</summary>
    public static IEndpointRouteBuilder MapOrleansLog(this IEndpointRouteBuilder endpoints)
    {
        var services = new Services(endpoints.ServiceProvider);
        var streams = new StreamRoutes(services);
        var control = new ControlRoutes(services);
        var stream = WireRoutes.Stream("{stream}");

        Map(WireRoutes.Streams, [HttpMethods.Get], new ListRoute(services).GetAsync, "list", StreamDocs.List);
        Map(stream, [HttpMethods.Put], streams.PutAsync, "ensure", StreamDocs.Put);
        Map(stream, [HttpMethods.Get, HttpMethods.Head], streams.GetAsync, "describe", StreamDocs.Get);
        Map(stream, [HttpMethods.Patch], streams.PatchAsync, "configure", StreamDocs.Patch);
        Map(stream, [HttpMethods.Delete], streams.DeleteAsync, "delete", StreamDocs.Delete);
        Map(WireRoutes.Records("{stream}"), [HttpMethods.Post], new AppendRoute(services, new NdJsonAppend(services)).PostAsync, "append", RecordDocs.Append, "send");
        Map(WireRoutes.Records("{stream}"), [HttpMethods.Get], new ReadRoute(services, new EventStream(services)).GetAsync, "read", RecordDocs.Read, "receive");
        Map(WireRoutes.Session("{stream}"), [HttpMethods.Get], new SessionRoute(services).GetAsync, "append_session", RecordDocs.Session, "send");
        Map(WireRoutes.Tail("{stream}"), [HttpMethods.Get], control.TailAsync, "check_tail", RecordDocs.Tail);
        Map(WireRoutes.Trim("{stream}"), [HttpMethods.Post], control.TrimAsync, "trim", RecordDocs.Trim);
        Map(WireRoutes.Fence("{stream}"), [HttpMethods.Post], control.FenceAsync, "fence", RecordDocs.Fence);
        Map(WireRoutes.Seal("{stream}"), [HttpMethods.Post], control.SealAsync, "seal", RecordDocs.Seal);
        Map(WireRoutes.Snapshots("{stream}"), [HttpMethods.Post], control.SnapshotAsync, "snapshot", SnapshotDocs.Post);
        Map(WireRoutes.Snapshots("{stream}"), [HttpMethods.Get], control.SnapshotsAsync, "list_snapshots", SnapshotDocs.List);
        if (services.Cluster is { } view)
        {
            var cluster = new ClusterRoutes(view);
            Map(WireRoutes.Cluster, [HttpMethods.Get], cluster.ClusterAsync, "describe_cluster", ClusterDocs.Cluster);
            Map(WireRoutes.Node("{node}"), [HttpMethods.Get], cluster.NodeAsync, "describe_node", ClusterDocs.Node);
        }

        endpoints.MapOpenApi("/openapi/{documentName}.json");

        var console = new ConsoleRoutes();
        MapFiles(ConsoleRoutes.Page, console.PageAsync);
        MapFiles(ConsoleRoutes.Part, console.PartAsync);
        return endpoints;

        // The handler's method is what makes the API explorer see a route that binds nothing by reflection.
        void Map(string pattern, string[] methods, RequestDelegate handler, string operation, RouteDocs docs, string? type = null)
        {
            var traced = EndpointSpans.Around(handler, new SpanOperation(operation, pattern, type));
            endpoints.MapMethods(pattern, methods, Guard.Around(traced, services.Logger)).WithMetadata(handler.Method, docs).WithTags(docs.Tag);
        }

        void MapFiles(string pattern, RequestDelegate handler) =>
            endpoints.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], Guard.Around(handler, services.Logger));
    }
}
