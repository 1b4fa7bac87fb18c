using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;

namespace Slipway.Registry.Webhooks;

/// <summary>MLflow's webhook service.</summary>
internal static class WebhookRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("POST", "2.0/mlflow/webhooks", CreateWebhook.HandleAsync).RequirePermission("webhooks.write");
        routes.MapMlflow("GET", "2.0/mlflow/webhooks", ListWebhooks.HandleAsync).RequirePermission("webhooks.read");
        routes.MapMlflow("GET", "2.0/mlflow/webhooks/{webhook_id}", GetWebhook.HandleAsync).RequirePermission("webhooks.read");
        routes.MapMlflow("PATCH", "2.0/mlflow/webhooks/{webhook_id}", UpdateWebhook.HandleAsync).RequirePermission("webhooks.write");
        routes.MapMlflow("DELETE", "2.0/mlflow/webhooks/{webhook_id}", DeleteWebhook.HandleAsync).RequirePermission("webhooks.write");
        routes.MapMlflow("POST", "2.0/mlflow/webhooks/{webhook_id}/test", TestWebhook.HandleAsync).RequirePermission("webhooks.write");
        ListDeliveries.Map(routes);
    }
}
