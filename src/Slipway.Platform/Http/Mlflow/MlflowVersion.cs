using Microsoft.AspNetCore.Http;

namespace Slipway.Platform.Http.Mlflow;

/// <summary><c>/version</c> belongs to the clients of two systems: MLflow's want a version as plain text, those of Kubernetes an object.</summary>
public static class MlflowVersion
{
    /// <summary>The version of MLflow whose API is answered: its clients switch features by it.</summary>
    public const string Text = "3.11.0";

    /// <summary>Kubernetes' clients ask for JSON. MLflow's say who they are, or, being Python programs, take anything.</summary>
    public static bool IsAskedFor(HttpRequest request)
    {
        var agent = request.Headers.UserAgent.ToString();
        return agent.StartsWith("mlflow", StringComparison.OrdinalIgnoreCase)
            || (agent.StartsWith("python-requests", StringComparison.OrdinalIgnoreCase)
                && !request.Headers.Accept.ToString().Contains("application/json", StringComparison.OrdinalIgnoreCase));
    }
}
