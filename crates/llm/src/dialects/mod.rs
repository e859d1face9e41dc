//! One file or folder a vendor's wire format.

pub mod openai_chat;
mod sse;
