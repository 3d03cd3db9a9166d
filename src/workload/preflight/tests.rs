mod fixture;
mod hostile;
mod rows;
mod sharing;
mod tls;
