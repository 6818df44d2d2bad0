use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// An HTTP server on this machine that answers every request with 200 and a JSON body.
#[derive(Debug)]
pub struct Server {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Starts one; `body` makes the answer to the request of that number, counted from 0.
    pub async fn answering(body: impl Fn(usize) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound address"));
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let number = counter.fetch_add(1, Ordering::SeqCst);
                answer(socket, &body(number)).await;
            }
        });
        Self { url, requests }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many requests came so far.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// One request a connection. A caller that hangs up early does no harm.
async fn answer(mut socket: TcpStream, body: &str) {
    let mut request = [0; 8_192];
    let _ = socket.read(&mut request).await;
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = socket.write_all((head + body).as_bytes()).await;
}
