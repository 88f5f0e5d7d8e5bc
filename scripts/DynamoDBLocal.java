import com.amazonaws.services.dynamodbv2.local.main.CommandLineInput;
import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * DynamoDB Local, in memory, on 127.0.0.1 alone. AWS's own main class listens on every interface and has no option
 * against it, so this one reaches for its web server before that starts. scripts/dynamodb-local runs this file as it is.
 */
class DynamoDBLocal {
    public static void main(String[] args) throws Exception {
        var input = new CommandLineInput(new String[] {"-inMemory", "-sharedDb", "-disableTelemetry", "-port", args[0]});
        if (!input.init()) {
            System.exit(2);
        }
        DynamoDBProxyServer proxy = ServerRunner.createServer(input);
        var field = DynamoDBProxyServer.class.getDeclaredField("server");
        field.setAccessible(true);
        var server = (Server) field.get(proxy);
        for (var connector : server.getConnectors()) {
            ((ServerConnector) connector).setHost("127.0.0.1");
        }
        proxy.start();
        proxy.join();
    }
}
