using Microsoft.Extensions.Options;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>
/// Bounds what all requests together hold of their bodies: a batch is whole before the log is asked for a permit, so many slow uploads
/// could otherwise fill memory without ever being admitted. Appends of sessions that wait for earlier answers to be taken count too.
/// </summary>
internal sealed class BodyBudget(IOptions<OrleansLogEndpointOptions> options) : ByteBudget(options.Value.RequestBodyBytes);
