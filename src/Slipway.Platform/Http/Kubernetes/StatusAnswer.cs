using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>Renders problems as Kubernetes <c>Status</c> objects, which clients decide by: by reason and code, not by text.</summary>
internal static class StatusAnswer
{
    public static async Task WriteAsync(HttpContext http, Problem problem, ApiTarget? target)
    {
        var status = Of(problem, target);
        if (problem.RetryAfter is { } delay)
        {
            http.Response.Headers.RetryAfter = Math.Ceiling(delay.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        await WriteAsync(http, status, (int)status["code"]!);
    }

    public static async Task WriteAsync(HttpContext http, JsonObject body, int code)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(body.ToJsonString(ObjectAnswer.Plain), http.RequestAborted);
    }

    public static JsonObject Of(Problem problem, ApiTarget? target)
    {
        var (code, reason) = CodeOf(problem);
        return Failure(code, reason, problem.Message, target, problem);
    }

    /// <summary>406: no problem code of ours means it, since only this API negotiates forms.</summary>
    public static JsonObject NotAcceptable() => Failure(
        StatusCodes.Status406NotAcceptable, "NotAcceptable", "only the following media types are accepted: application/json", null, null);

    public static JsonObject Success(ApiTarget target, string name, string uid)
    {
        var details = new JsonObject { ["name"] = name, ["group"] = target.Group, ["kind"] = target.Plural, ["uid"] = uid };
        return new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["details"] = details };
    }

    private static JsonObject Failure(int code, string reason, string message, ApiTarget? target, Problem? problem)
    {
        var details = new JsonObject();
        if (target is { IsGroupVersion: false })
        {
            details["name"] = target.Name;
            details["group"] = target.Group;
            details["kind"] = target.Plural;
        }

        if (problem is { Faults.Count: > 0 })
        {
            details["causes"] = new JsonArray([.. problem.Faults.Select(f => new JsonObject
            {
                ["reason"] = CauseOf(problem, f), ["message"] = f.Message, ["field"] = f.Path,
            })]);
        }

        if (problem?.RetryAfter is { } delay)
        {
            details["retryAfterSeconds"] = (int)Math.Ceiling(delay.TotalSeconds);
        }

        return new JsonObject
        {
            ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Failure",
            ["message"] = message, ["reason"] = reason, ["details"] = details, ["code"] = code,
        };
    }

    private static (int Code, string Reason) CodeOf(Problem problem) => problem.Code switch
    {
        // A body that cannot be read is 400; one that can, but breaks rules, is 422 with its causes.
        ProblemCode.Invalid when problem.Faults.Count == 0 => (StatusCodes.Status400BadRequest, "BadRequest"),
        ProblemCode.Invalid => (StatusCodes.Status422UnprocessableEntity, "Invalid"),
        ProblemCode.Unauthenticated => (StatusCodes.Status401Unauthorized, "Unauthorized"),
        ProblemCode.Forbidden => (StatusCodes.Status403Forbidden, "Forbidden"),
        ProblemCode.NotFound => (StatusCodes.Status404NotFound, "NotFound"),
        ProblemCode.MethodNotAllowed => (StatusCodes.Status405MethodNotAllowed, "MethodNotAllowed"),
        ProblemCode.AlreadyExists => (StatusCodes.Status409Conflict, "AlreadyExists"),
        ProblemCode.Conflict => (StatusCodes.Status409Conflict, "Conflict"),
        ProblemCode.Expired => (StatusCodes.Status410Gone, "Expired"),
        ProblemCode.TooLarge => (StatusCodes.Status413PayloadTooLarge, "RequestEntityTooLarge"),
        ProblemCode.UnsupportedMediaType => (StatusCodes.Status415UnsupportedMediaType, "UnsupportedMediaType"),
        ProblemCode.Exhausted => (StatusCodes.Status429TooManyRequests, "TooManyRequests"),
        ProblemCode.Unavailable => (StatusCodes.Status503ServiceUnavailable, "ServiceUnavailable"),
        ProblemCode.DeadlineExceeded => (StatusCodes.Status504GatewayTimeout, "Timeout"),
        _ => (StatusCodes.Status500InternalServerError, "InternalError"),
    };

    private static string CauseOf(Problem problem, Fault fault) => problem.Code == ProblemCode.Conflict
        ? "FieldManagerConflict"
        : fault.Message switch
        {
            _ when fault.Message.StartsWith("Required value", StringComparison.Ordinal) => "FieldValueRequired",
            _ when fault.Message.StartsWith("Unsupported value", StringComparison.Ordinal) => "FieldValueNotSupported",
            _ when fault.Message.StartsWith("Duplicate value", StringComparison.Ordinal) => "FieldValueDuplicate",
            _ when fault.Message.StartsWith("Forbidden", StringComparison.Ordinal) => "FieldValueForbidden",
            _ when fault.Message.StartsWith("Too long", StringComparison.Ordinal) => "FieldValueTooLong",
            _ when fault.Message.StartsWith("must be of type", StringComparison.Ordinal) => "FieldValueTypeInvalid",
            _ => "FieldValueInvalid",
        };
}
