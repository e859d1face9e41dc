//! What lists show of a run, read off its state.

use super::Run;
use crate::call::Call;
use steersman_protocol::{
    ApprovalView, Block, ChatMessage, ExecutionView, MessageId, MessageRole, OrganizationId, RunView, Usage,
};

impl Run {
    pub fn organization_id(&self) -> Option<OrganizationId> {
        self.actor.as_ref().map(|actor| actor.organization_id)
    }

    /// The run without its executions; `None` before it started.
    pub fn view(&self) -> Option<RunView> {
        let actor = self.actor.as_ref()?;
        Some(RunView {
            id: self.id,
            organization_id: actor.organization_id,
            session_id: self.session_id,
            parent_run_id: self.parent_run_id,
            user_id: actor.user_id,
            title: self.text.clone(),
            status: self.status(),
            problem: self.ended.as_ref().and_then(|(_, problem)| problem.clone()),
            created_at: self.created_at?,
            updated_at: self.updated_at?,
            executions: Vec::new(),
        })
    }

    pub fn execution_view(&self, call: &Call) -> ExecutionView {
        call.view(self.id)
    }

    /// The approval of a call, where it has one.
    pub fn approval_view(&self, call: &Call) -> Option<ApprovalView> {
        let approval = call.approval.as_ref()?;
        let actor = self.actor.as_ref()?;
        let verdict = call.verdict.clone()?;
        Some(ApprovalView {
            id: approval.id,
            organization_id: actor.organization_id,
            run_id: self.id,
            session_id: self.session_id,
            execution_id: call.execution_id,
            status: approval.status,
            risk: verdict.risk,
            requested_by: actor.user_id,
            requested_by_name: actor.name.clone(),
            digest: call.digest.clone()?,
            plan: call.plan.clone()?,
            verdict,
            from_target_text: call.from_target_text.clone(),
            decided_by: approval.decided_by.as_ref().map(|(id, _)| *id),
            decided_by_name: approval.decided_by.as_ref().map(|(_, name)| name.clone()),
            reason: approval.reason.clone(),
            created_at: approval.created_at,
            expires_at: approval.expires_at,
            decided_at: approval.decided_at,
        })
    }

    /// All messages of this run so far, oldest first. A call by hand has none.
    pub fn messages(&self) -> Vec<ChatMessage> {
        let (Some(session_id), Some(message_id), Some(created_at)) =
            (self.session_id, self.message_id, self.created_at)
        else {
            return Vec::new();
        };
        let blank = |id: MessageId, role: MessageRole, content: String, created_at| ChatMessage {
            id,
            session_id,
            run_id: self.id,
            role,
            content,
            tool_calls: Vec::new(),
            tool_call_id: None,
            tool_name: None,
            summary: None,
            suggestions: Vec::new(),
            is_error: false,
            prompt_tokens: None,
            completion_tokens: None,
            created_at,
        };
        let mut messages = vec![blank(message_id, MessageRole::User, self.text.clone(), created_at)];
        for (index, answered) in self.answers.iter().enumerate() {
            let Usage {
                prompt_tokens,
                completion_tokens,
                ..
            } = answered.answer.usage;
            messages.push(ChatMessage {
                tool_calls: answered.answer.tool_calls.clone(),
                prompt_tokens,
                completion_tokens,
                ..blank(
                    answered.message_id,
                    MessageRole::Assistant,
                    answered.answer.text.clone(),
                    answered.at,
                )
            });
            let turn = index as u32 + 1;
            for call in self
                .calls
                .iter()
                .filter(|call| call.turn == turn && call.state.is_over())
            {
                let text = crate::model_view::result_text(&call.summary, &call.blocks, call.problem.as_ref());
                messages.push(ChatMessage {
                    tool_call_id: Some(call.call_id.clone()),
                    tool_name: Some(call.tool.for_model()),
                    summary: Some(call.summary.clone()),
                    suggestions: call.suggestions.clone(),
                    is_error: call.problem.is_some(),
                    ..blank(
                        MessageId::from_uuid(call.execution_id.as_uuid()),
                        MessageRole::Tool,
                        text,
                        call.updated_at,
                    )
                });
            }
            for refused in self.refused.iter().filter(|refused| refused.turn == turn) {
                let blocks = [Block::Problem {
                    problem: refused.problem.clone(),
                }];
                let summary = refused.problem.to_string();
                messages.push(ChatMessage {
                    tool_call_id: Some(refused.call.id.clone()),
                    tool_name: Some(refused.call.name.clone()),
                    summary: Some(summary.clone()),
                    is_error: true,
                    ..blank(
                        MessageId::from_uuid(refused.execution_id.as_uuid()),
                        MessageRole::Tool,
                        crate::model_view::result_text(&summary, &blocks, None),
                        refused.at,
                    )
                });
            }
        }
        messages
    }
}
